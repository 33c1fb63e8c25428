import type { Route } from "@banksman/wire/api";
import type { FastifyInstance } from "fastify";
import { openApiDocument } from "./openapi.ts";

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:960px;margin:24px auto;padding:0 16px;color:#141A21;background:#fff}
code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}pre{background:#F4F6F8;padding:8px 12px;overflow:auto;max-height:360px}
h2{font-size:15px;margin:28px 0 4px;border-top:1px solid #CFD6DE;padding-top:16px}b{display:inline-block;min-width:60px}
table{border-collapse:collapse}td,th{border-bottom:1px solid #E3E7EC;padding:2px 12px 2px 0;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#E9EDF2;background:#0D1115}pre{background:#151A20}a{color:#7FB0FF}}`;

function section(path: string, method: string, operation: Record<string, unknown>): string {
  const parameters = Array.isArray(operation.parameters) ? operation.parameters : [];
  const rows = parameters.map((p: { name: string; in: string; description?: string; schema: unknown }) => {
    const about = p.description ?? JSON.stringify(p.schema);
    return `<tr><td><code>${escapeHtml(p.name)}</code></td><td>${p.in}</td><td>${escapeHtml(about)}</td></tr>`;
  });
  const detail = (title: string, value: unknown) =>
    value === undefined
      ? ""
      : `<details><summary>${title}</summary><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre></details>`;
  return `<h2><b>${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code></h2>
<p>${escapeHtml(String(operation.summary))}. ${escapeHtml(String(operation.description))}</p>
${rows.length > 0 ? `<table>${rows.join("")}</table>` : ""}
${detail("Request body", operation.requestBody)}${detail("Replies", operation.responses)}`;
}

function page(document: Record<string, unknown>): string {
  const paths = Object.entries(document.paths as Record<string, Record<string, Record<string, unknown>>>);
  const sections = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(path, method, operation)),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Banksman API</title><style>${STYLE}</style></head>
<body><h1>Banksman API</h1><p>The same as a document: <a href="/api/openapi.json">openapi.json</a>. Replies are <code>{"success": true, "data": …}</code>; refusals are problem details (RFC 9457) with <code>"success": false</code>.</p>
${sections.join("\n")}</body></html>`;
}

/** /api/openapi.json, and the same for reading at /api/docs. Made when first asked for: few servers ever are. */
export function serveApiDocs(app: FastifyInstance, routes: readonly Route[], version: string): void {
  let made: ReturnType<typeof openApiDocument> | undefined;
  const document = () => {
    made ??= openApiDocument(routes, version);
    return made;
  };
  app.get("/api/openapi.json", async () => document());
  app.get("/api/docs", async (_request, reply) => reply.type("text/html; charset=utf-8").send(page(document())));
}
