// Material UI over emotion, with emotion's own JSX, styled components, keyframes and a theme that changes.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Entries" }).waitFor()],
  ["selects", async (page) => {
    await page.getByRole("combobox").click();
    await page.getByRole("option", { name: "Large" }).click();
    await page.getByText("Bread").waitFor({ state: "detached" });
    await page.getByRole("listbox").waitFor({ state: "detached" });
  }],
  ["opens a dialog", async (page) => {
    await press(page, "New entry");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("What").fill("Tea");
  }],
  ["closes it", async (page) => {
    await press(page, "Cancel");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }],
  ["turns dark, and to the other tab", async (page) => {
    await page.getByLabel("Dark").check();
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByRole("tooltip").waitFor();
    await press(page, "More");
    await page.getByText("Save first").waitFor();
  }],
  ["completes", async (page) => {
    await page.getByLabel("Payee").fill("c");
    await page.getByRole("option", { name: "Carla" }).click();
    await page.getByRole("option").waitFor({ state: "detached" });
  }],
];
