// react-hook-form over a zod schema: what is invalid, when it is said, and what is sent in the end.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const fill = (page, name, value) => page.getByLabel(name, { exact: true }).fill(value);

export default [
  ["opens", (page) => page.getByRole("heading", { name: "Become a reader" }).waitFor()],
  ["refuses an empty form", async (page) => {
    await press(page, "Join");
    await page.getByText("5 errors, 1 attempts").waitFor();
  }],
  ["says what is wrong with a field that is left", async (page) => {
    await fill(page, "Name", "Ada");
    await fill(page, "E-mail", "ada@");
    await fill(page, "Age", "12");
    await page.getByLabel("Age").blur();
    await page.getByText("Members are adults").waitFor();
    await page.getByText("4 errors").waitFor();
  }],
  ["compares two fields", async (page) => {
    await fill(page, "E-mail", "ada@example.com");
    await fill(page, "Age", "36");
    await fill(page, "Password", "difference");
    await fill(page, "Password again", "different");
    await page.getByLabel("I agree").check();
    await press(page, "Join");
    await page.getByText("The passwords differ").waitFor();
  }],
  ["adds, moves and removes rows", async (page) => {
    await press(page, "Add an interest");
    await fill(page, "Interest 2", "Engines");
    await press(page, "Add an interest");
    await press(page, "Up 2");
    await press(page, "Remove 3");
    await page.waitForFunction(() => document.querySelectorAll(".row").length === 2);
  }],
  ["sends what the schema makes of it", async (page) => {
    await page.getByLabel("writer").check();
    await fill(page, "Password again", "difference");
    await press(page, "Join");
    await page.getByText('"plan": "writer"').waitFor();
  }],
  ["starts over", async (page) => {
    await press(page, "Start over");
    await page.getByText("untouched").waitFor();
  }],
];
