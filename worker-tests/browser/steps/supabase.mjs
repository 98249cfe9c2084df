// The Supabase client on a backend that the app itself plays: queries, changes, calls, and what it makes of errors.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", async (page) => {
    await page.getByRole("heading", { name: "2 unread" }).waitFor();
    await page.getByText("INITIAL_SESSION: nobody").waitFor();
  }],
  ["filters", async (page) => {
    await press(page, "Only Joyce");
    await page.getByText("Middlemarch").waitFor({ state: "detached" });
  }],
  ["changes a row", async (page) => {
    await page.getByLabel("Ulysses").click();
    await page.getByRole("heading", { name: "1 unread" }).waitFor();
  }],
  ["fails to sign in", async (page) => {
    await press(page, "Sign in");
    await page.getByText("AuthApiError: Invalid login credentials").waitFor();
  }],
  ["asks for a table that isn't there", async (page) => {
    await press(page, "Magazines");
    await page.getByText("404 Nothing at /rest/v1/magazines").waitFor();
  }],
];
