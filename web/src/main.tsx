import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followOtherTabs } from "./account/sign-out.ts";
import { App } from "./app/App.tsx";
import { followQueries } from "./lib/offline-data.ts";
import "./ui/styles.css";
import { surviveTranslation } from "./ui/survive-translation.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
followOtherTabs();
surviveTranslation();
followQueries();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
