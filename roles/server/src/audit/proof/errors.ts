import { defineErrors } from "@banksman/kit";

export const AuditErrors = defineErrors("AUDIT", {
  NO_BUNDLE: {
    text: (path: string) => `${path} is no audit bundle: make one with banksman audit export --out FILE`,
    retry: false,
  },
  NO_ANCHOR: {
    text: (path: string) => `${path} holds no signed head of an audit trail: name the file that anchors are written to`,
    retry: false,
  },
  UNWRITABLE: { text: (path: string, why: string) => `${path} can't be written: ${why}`, retry: false },
  UNREADABLE: { text: (path: string, why: string) => `${path} can't be read: ${why}`, retry: false },
});
