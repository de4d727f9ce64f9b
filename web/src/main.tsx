import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { leaveWithOtherTabs } from "./account/leave.ts";
import { App } from "./app/App.tsx";
import "./ui/styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
leaveWithOtherTabs();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
