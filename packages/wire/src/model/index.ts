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
export {
  CameraKind,
  CameraPlan,
  CameraTrouble,
  isCameraUrl,
  RecordingMode,
  SOURCE_KBPS,
  VIDEO_PROFILES,
  VideoProfile,
} from "./camera.ts";
export { canonicalJson } from "./canonical-json.ts";
export {
  ACTIVE_STATES,
  type CommandEvent,
  CommandState,
  endOf,
  FROM_STATES,
  IN_FLIGHT_STATES,
  isOver,
  stateAfter,
} from "./command-state.ts";
export {
  COOLING_FIGURES,
  COOLING_SWITCHES,
  ContainedMiner,
  type CoolingField,
  type CoolingFigure,
  CoolingOrder,
  type CoolingOrderName,
  CoolingQuality,
  CoolingRecord,
  type CoolingSwitch,
  CoolingValue,
  coolingCommandName,
  isCoolingFigure,
} from "./cooling.ts";
export {
  COOLING_DERIVED,
  type CoolingDerived,
  type CoolingDerivedName,
  type CoolingTyped,
  deriveCooling,
  dewPoint,
  heatKw,
  NOTHING_TYPED,
  volumetricHeat,
  wetBulb,
} from "./cooling-derived.ts";
export { CoolingHost, CoolingReadPlan, CoolingUnitKey } from "./cooling-unit.ts";
export { DEGRADED_BELOW, healthOf, MinerHealth, NOT_HASHING_HEALTHS, WORST_FIRST } from "./health.ts";
export { isListed, LIST_SECONDS, LISTED_BY, readingSeconds } from "./listed.ts";
export { METRIC_UNITS, Metric } from "./metric.ts";
export {
  CommandOrder,
  EDGE_ORDERS,
  type EdgeOrder,
  isEdgeOrder,
  type MinerOrder,
  Mode,
  ModeOrder,
  ORDER_NAMES,
  Order,
  type OrderName,
  OrderOutcome,
  OrderResult,
  OrderVerified,
  POWER_TARGET_MAX,
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
export * from "./report.ts";
export * from "./units.ts";
export { ACTION_WORDS } from "./words/audit-actions.ts";
export { HEALTH_WORDS } from "./words/health.ts";
export { JOB_END_WORDS, JOB_FIGURE_WORDS, JobEnd, type JobFigure, type JobFigures } from "./words/job-ends.ts";
export { isOrderEnd, ORDER_END_WORDS, type OrderEnd, orderEndWords } from "./words/order-ends.ts";
export { ORDER_WORDS } from "./words/orders.ts";
export { wordsIn } from "./words/words-in.ts";
