export { type KafkaLogOptions, kafkaLog } from "./kafka-log.ts";
export { type KafkaOptions, SASL_MECHANISMS, type SaslMechanism } from "./kafka-options.ts";
export type { Assignment, LogBatch, LogReader, MessageLog, Positions, RawMessage } from "./message-log.ts";
