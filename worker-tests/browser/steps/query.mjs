// React Query on a backend that the app itself plays: pages, mutations, failures.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.getByRole("heading", { name: "5 letters" }).waitFor()],
  ["fetches the next page", async (page) => {
    await press(page, "More");
    await page.getByText("To Donald").waitFor();
  }],
  ["opens one, then another", async (page) => {
    await press(page, "To Grace");
    await page.getByText("A moth, of all things.").waitFor();
    await press(page, "To Donald");
    await page.getByText("Premature, again.").waitFor();
  }],
  ["sends one and fetches what that made stale", async (page) => {
    await page.getByLabel("To", { exact: true }).fill("Alan");
    await page.getByLabel("Text").fill("Can it think?");
    await press(page, "Send");
    await page.getByRole("heading", { name: "6 letters" }).waitFor();
    await page.getByText("success").waitFor();
  }],
  ["shows a failure", async (page) => {
    await press(page, "Ask the machine");
    await page.getByText("500: The sorting machine is jammed").waitFor();
  }],
];
