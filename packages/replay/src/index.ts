export { type Answer, type AnswerFunction, type FakeDevice, type Fault, HANG, NO_FAULT } from "./answer.ts";
export { answerFrom, answerV3From, answerWebFrom, type Behaviour, type Case, loadCase } from "./case.ts";
export { Traffic } from "./connection.ts";
export { type HttpAnswer, type HttpCall, serveHttp } from "./http.ts";
export { type ModbusTable, type ModbusUnit, serveModbus } from "./modbus.ts";
export { type Asked, commandsOf } from "./request.ts";
export { type Serving, serveCgminer, serveMany } from "./serve.ts";
export { frame, serveV3 } from "./serve-v3.ts";
export { digestGuard, type WebLogin } from "./web-login.ts";
