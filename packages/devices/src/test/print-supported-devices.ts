import { writeFileSync } from "node:fs";
import { PAGE, supportedDevices } from "./supported-devices.ts";

writeFileSync(PAGE, supportedDevices());
