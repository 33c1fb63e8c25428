export {
  AlertLevel,
  AlertMatcher,
  AlertTarget,
  FieldType,
  Inhibits,
  isTimeZone,
  LocalText,
  NoData,
  Rule,
  RuleField,
  RuleFields,
  RuleId,
  Schedule,
  TargetKind,
} from "./alert.ts";
export { DEGRADED_BELOW, healthOf, MinerHealth, NOT_HASHING_HEALTHS, WORST_FIRST } from "./health.ts";
export { METRIC_UNITS, Metric } from "./metric.ts";
export {
  Mode,
  ModeOrder,
  ORDER_NAMES,
  Order,
  type OrderName,
  OrderOutcome,
  OrderResult,
  OrderVerified,
  PoolSetting,
} from "./order.ts";
export {
  Board,
  Fault,
  FaultLevel,
  MinerId,
  OfflineReason,
  Pool,
  PowerSource,
  Reading,
  ReadingWarning,
  WorkStatus,
} from "./reading.ts";
export * from "./units.ts";
