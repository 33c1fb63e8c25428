import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { REBOOT } from "./fake-automations.ts";
import { openStage } from "./stage.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("an admin makes a curtailment, tries it before it is saved, switches it off and removes it", async () => {
  await using scene = await stage.scene("/automations");
  const { page, fake, errors } = scene;
  await page.getByText("Nothing follows by itself").waitFor();
  await page.getByRole("button", { name: "Add an automation" }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Name").fill("Dear power");
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.getByText("Lower-case letters, digits and dashes").waitFor();
  await drawer.getByLabel("Id", { exact: true }).fill("dear-power");
  // The list opens beyond the window's edge, where no mouse reaches it.
  for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await drawer.getByLabel("Kind").press(key);
  await drawer.getByText("A price is above a limit").click();
  await drawer.getByLabel("Above", { exact: true }).fill("0.1");
  await drawer.getByLabel("Down to").fill("0.1");
  await drawer.getByRole("button", { name: "Try it" }).click();
  await drawer.getByText("mode_set sleep: 2 miners").waitFor();
  assert.equal(fake.state.automations.length, 0);
  await drawer.getByRole("button", { name: "Save" }).click();
  await page.getByText("dear-power").waitFor();
  const [made] = fake.state.automations;
  assert.deepEqual(made?.plan, {
    kind: "curtailment",
    when: { is: "price", signal: "price", above: 0.1, max_age_minutes: 90 },
    target_mw: 0.1,
    step_miners: 50,
    step_seconds: 30,
  });
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByRole("button", { name: "Switch on" }).waitFor();
  await page.getByRole("button", { name: "Remove" }).click();
  // By keyboard: what opens is still moving when a mouse would click.
  await page.getByRole("tooltip").getByRole("button", { name: "Remove" }).press("Enter");

  await page.getByText("Nothing follows by itself").waitFor();
  assert.deepEqual(errors, []);
});

test("a viewer sees what follows by itself, and no button; one that can't act says why", async () => {
  await using scene = await stage.scene("/automations", { role: "viewer", lang: "zh" });
  scene.fake.state.automations = [{ ...REBOOT, problem: "no device fits; nothing was ordered" }];
  await scene.page.reload();
  await scene.page.getByText("no device fits; nothing was ordered").waitFor();
  assert.equal(await scene.page.getByRole("button", { name: "停用" }).count(), 0);
});
