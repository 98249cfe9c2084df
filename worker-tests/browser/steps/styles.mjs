// CSS modules, Sass in both syntaxes, nesting, imports with conditions, layers, and what url() names.
export default [
  ["opens", (page) => page.getByRole("heading", { name: "Letterpress" }).waitFor()],
  ["hovers", (page) => page.getByText("Leaf").hover()],
  ["inks", async (page) => {
    await page.getByRole("button", { name: "Ink" }).click();
    await page.locator("[data-inked]").waitFor();
  }],
  ["prints", (page) => page.emulateMedia({ media: "print" })],
  ["narrows", async (page) => {
    await page.emulateMedia({ media: "screen" });
    await page.setViewportSize({ width: 500, height: 700 });
  }],
];
