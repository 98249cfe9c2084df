// Tailwind 3 with a preset, official plugins, daisyUI, one of the app's own, @apply and theme().
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Cellar" }).waitFor()],
  ["hovers", (page) => page.getByRole("button", { name: "Drink" }).hover()],
  ["fills", async (page) => {
    await press(page, "Add");
    await page.locator("[data-count='1']").waitFor();
  }],
  ["turns dark", async (page) => {
    await page.getByLabel("Dark").check();
    await page.locator("[data-mode=dark]").waitFor();
  }],
  ["focuses a field", (page) => page.getByLabel("Vintage").fill("1998")],
  ["narrows", (page) => page.setViewportSize({ width: 600, height: 700 })],
];
