// i18next: bundled and lazily loaded languages, plurals, markup in texts.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Phrases" }).waitFor()],
  ["speaks German", async (page) => {
    await press(page, "de");
    await press(page, "+1");
    await page.getByText("2 Briefe").waitFor();
  }],
  ["loads Polish", async (page) => {
    await press(page, "pl");
    await page.getByText("2 listy").waitFor();
    for (let count = 3; count <= 5; count++) await press(page, "+1");
    await page.getByText("5 listów").waitFor();
  }],
];
