import { readFileSync, writeFileSync } from "node:fs";
import { DEVICES_PAGE, withFamilyTables } from "./family-tables.ts";
import { PAGE, supportedDevices } from "./supported-devices.ts";

writeFileSync(PAGE, supportedDevices());
writeFileSync(DEVICES_PAGE, withFamilyTables(readFileSync(DEVICES_PAGE, "utf8")));
