const root = document.getElementById("swagger-ui");

/** What Swagger UI leaves out for people who use a keyboard or a screen reader. */
function complete() {
  // A link in a button. The button does the same.
  for (const link of root.querySelectorAll(".opblock-summary-control a[href]")) link.removeAttribute("href");
  for (const select of root.querySelectorAll("select:not([aria-label])")) select.ariaLabel = "Example";
  for (const button of root.querySelectorAll("button:not([aria-label])")) {
    if (button.textContent.trim() === "") button.ariaLabel = "Copy";
  }
  // h3 follows the page's h1.
  for (const heading of root.querySelectorAll("h3.opblock-tag, .models h4")) heading.ariaLevel = "2";
  for (const heading of root.querySelectorAll(".opblock h4")) heading.ariaLevel = "3";
  for (const heading of root.querySelectorAll(".opblock h5")) heading.ariaLevel = "4";
  for (const heading of root.querySelectorAll("[aria-level]:not([role])")) heading.role = "heading";
  for (const table of root.querySelectorAll("table[role=region]:not([aria-label])")) {
    const operation = table.closest(".opblock")?.querySelector("[data-path]")?.dataset.path;
    const live = table.classList.contains("live-responses-table");
    table.ariaLabel = `${live ? "Response" : "Responses"} ${table.id || operation}`;
  }
}

new MutationObserver(complete).observe(root, { childList: true, subtree: true });
SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false });
