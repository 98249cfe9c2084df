// Web workers in every form, a shared one, and WebAssembly.
export default [
  ["opens and reckons", (page) => page.getByText("6 answers").waitFor()],
  ["reckons later", async (page) => {
    await page.getByRole("button", { name: "Later" }).click();
    await page.getByText("late: ").waitFor();
  }],
];
