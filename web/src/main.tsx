import "virtual:tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/components.css";
import "./styles/charts.css";
import "./styles/tables.css";
import "./styles/antd.css";
import "./styles/pages.css";
import "./styles/administration.css";
import "./styles/miner.css";
import "./styles/profitability.css";
import "./styles/alerts.css";
import "./styles/orders.css";
import "./styles/cooling.css";
import "./styles/reports.css";
import "./styles/wall.css";
import "./styles/small-screens.css";
import "./styles/print.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startI18n } from "./i18n/index.ts";

await startI18n();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
