import type { Plc } from "./antbox.ts";

const tenth = (value: number): string => value.toFixed(1);
const digit = (on: boolean): string => (on ? "1" : "0");

/** What a Bitdeer container publishes every five seconds, by topic. All figures are texts. */
export function bitdeerMessages({ state }: Plc): Record<string, unknown> {
  const { settings, supply, return: back, inside, humidity, electricKw, effort, supplyPressure } = state();
  const run = digit(settings.running);
  const fan = (from: number) => digit(settings.running && effort > from);
  return {
    RunningInfo: {
      RunningState: run,
      AlarmState: "0",
      AlarmInfo: [],
      DeviceInfo: {
        OilPump1: run,
        OilPump2: "0",
        WaterPump1: run,
        WaterPump2: "0",
        DryCooler: [0, 1].map((CoolerIndex) => ({
          CoolerIndex: String(CoolerIndex),
          MainContactor: run,
          FansStatus: Array.from({ length: 8 }, (_, i) => fan(i / 10)),
        })),
      },
    },
    MainData: {
      PowerData: {
        TotalPower: tenth(electricKw),
        PowerA: tenth(electricKw / 3),
        VoltageA: "236.2",
        VoltageB: "236.7",
        VoltageC: "236.0",
        CurrentA: tenth((electricKw * 1_000) / 3 / 236),
      },
      TemperatureData: {
        ContainerTemperature: tenth(inside),
        ContainerHumidity: tenth(humidity),
        Tank1OilH: tenth(back),
        Tank1OilL: tenth(supply),
        Tank2OilH: "0.0",
        Tank2OilL: "0.0",
        Tank1WaterH: tenth(back - 4),
        Tank1WaterL: tenth(supply - 4),
        Tank1Pressure: (supplyPressure / 100).toFixed(2),
      },
      UPSData: { Temperature: "38.0", BatteryStatus: "100.0" },
    },
    PDUData: {
      PDUData: [0, 1].map((PDUIndex) => ({
        PDUIndex: String(PDUIndex),
        SocketStatus: Array.from({ length: 24 }, () => run),
      })),
    },
    ParameterData: {
      RunningParameter: {
        CoolOilSettingTemp: tenth(settings.setpoint),
        HotOilAlarmTemp: "60.0",
        Tank1Enable: "1",
        Tank2Enable: "0",
      },
    },
  };
}

/** An order that was published to a container: nothing is answered. */
export function bitdeerOrder(topic: string, payload: string, plc: Plc): void {
  const body: unknown = JSON.parse(payload);
  const told = typeof body === "object" && body !== null ? { ...body } : {};
  if (topic === "RunningOperate" && "Operate" in told) {
    const running = told.Operate === "AutoRun" ? true : told.Operate === "AutoStop" ? false : undefined;
    plc.order(String(told.Operate), running === undefined ? {} : { running });
  } else if (topic === "ParameterSet" && "RunningParameter" in told) {
    const parameter = told.RunningParameter;
    const celsius =
      typeof parameter === "object" && parameter !== null && "CoolOilSettingTemp" in parameter
        ? Number(parameter.CoolOilSettingTemp)
        : Number.NaN;
    plc.order(topic, Number.isFinite(celsius) ? { setpoint: celsius, pid: false } : {});
  } else plc.order(topic, {}, payload);
}
