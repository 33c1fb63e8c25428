import { GetDisplayDefaults, ListSettings, UpdateSettings } from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import { nameOf } from "../http/caller.ts";
import type { SettingService } from "./service.ts";

export function settingRoutes(api: Api, settings: SettingService): void {
  api.on(ListSettings, () => ({ settings: settings.list() }));
  api.on(UpdateSettings, async ({ body, caller, audit }) => {
    const list = await settings.save(body.changes, nameOf(caller), async (saved, tx) => {
      audit.note(saved);
      await audit.within(tx);
    });
    return { settings: list };
  });
  api.on(GetDisplayDefaults, () => settings.display());
}
