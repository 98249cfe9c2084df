// Preact in React's place: what the alias says holds inside packages too, so that their hooks are the app's.
const press = (page, name) => page.getByRole("button", { name }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Hooks of packages" }).waitFor()],
  ["keeps state in a package's store", async (page) => {
    await press(page, "Counted 0");
    await press(page, "Counted 1");
    await page.getByRole("button", { name: "Counted 2" }).waitFor();
  }],
  ["says what is missing", async (page) => {
    await press(page, "Send");
    await page.getByRole("alert").filter({ hasText: "A name is needed" }).waitFor();
  }],
  ["sends the form", async (page) => {
    await page.getByLabel("Name").fill("Ada");
    await press(page, "Send");
    await page.getByText("Sent by Ada").waitFor();
  }],
];
