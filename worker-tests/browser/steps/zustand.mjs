// zustand: slices, middleware, selectors, and a store that outlives the page.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Kitchen" }).waitFor()],
  ["adds", async (page) => {
    await press(page, "Add Eggs");
    await press(page, "Add Eggs");
    await press(page, "Add Milk");
    await page.getByText("3 in all, 3 changes").waitFor();
  }],
  ["removes", async (page) => {
    await press(page, "Remove Milk");
    await page.getByText("2 in all, 4 changes").waitFor();
  }],
  ["keeps it over a reload", async (page) => {
    await press(page, "Go dark");
    await page.reload();
    await page.getByText("2 in all, 0 changes").waitFor();
    await page.locator("html[data-theme=dark]").waitFor();
  }],
];
