// Tailwind 4 as a Vite plugin: theme, variants and utilities in CSS, plugins, a configuration of old, sources.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Glasshouse" }).waitFor()],
  ["hovers", (page) => page.getByText("Fern").hover()],
  ["wilts", async (page) => {
    await press(page, "Wait");
    await page.locator("[data-wilted]").waitFor();
  }],
  ["turns dark", async (page) => {
    await press(page, "Night");
    await page.getByRole("button", { name: "Day" }).waitFor();
  }],
  ["focuses a field", (page) => page.getByLabel("Name").fill("Fern")],
  ["narrows", (page) => page.setViewportSize({ width: 600, height: 700 })],
];
