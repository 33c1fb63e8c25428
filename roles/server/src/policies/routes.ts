import {
  DeleteApprovalPolicy,
  DeleteInterlock,
  ListInterlocks,
  SaveApprovalPolicy,
  SaveInterlock,
} from "@banksman/wire/api";
import type { Api } from "../http/api.ts";
import type { PolicyService } from "./service.ts";

export function policyRoutes(api: Api, policies: PolicyService): void {
  api.on(ListInterlocks, () => policies.list());
  api.on(SaveInterlock, async ({ body, audit }) => {
    audit.note({ target: body.name, before: await policies.saveInterlock(body) });
    return body;
  });
  api.on(DeleteInterlock, async ({ params, audit }) => {
    audit.note({ before: await policies.removeInterlock(params.name) });
    return null;
  });
  api.on(SaveApprovalPolicy, async ({ body, audit }) => {
    audit.note({ target: body.name, before: await policies.saveApproval(body) });
    return body;
  });
  api.on(DeleteApprovalPolicy, async ({ params, audit }) => {
    audit.note({ before: await policies.removeApproval(params.name) });
    return null;
  });
}
