export { CAMERA_FAULTS, type CameraCounts, type CameraFault } from "./cameras/camera.ts";
export { type CameraFlags, runSimCameras } from "./cameras/run-cameras.ts";
export { type CameraAddresses, type CameraSim, type CameraSimOptions, startCameras } from "./cameras/start-cameras.ts";
export { type CoolingFlags, runSimCooling } from "./cooling/run-cooling.ts";
export {
  COOLING_FAULTS,
  type CoolingFault,
  type CoolingSim,
  type CoolingSimOptions,
  startCooling,
} from "./cooling/start-cooling.ts";
export type { Joins } from "./device.ts";
export {
  dialects,
  type ExchangeFlags,
  type ExchangeOptions,
  type Fault,
  replayRecording,
  runSimExchanges,
  type SimExchange,
  startExchange,
} from "./exchanges/index.ts";
export { FAULT_KINDS, type FaultKind, type FaultShare } from "./fault-plan.ts";
export { MODELS, type Model } from "./models.ts";
export { type PoolFlags, runSimPool } from "./pools/run-pool.ts";
export { type RosterOptions, rosterOf, type SimMiner } from "./roster.ts";
export { runSimMiners, type SimFlags } from "./run-sim.ts";
export { services } from "./services/index.ts";
export { runSimServices, type ServiceFlags } from "./services/run-services.ts";
export { type RunningService, startService } from "./services/start-service.ts";
export { runSimShares } from "./shares/run-shares.ts";
export type { ShareFlags } from "./shares/shares-options.ts";
export { type Sim, type SimOptions, startMiners } from "./start-miners.ts";
