// framer-motion with reduced motion: what is there when everything has come to rest.
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

export default [
  ["opens", (page) => page.locator("main[data-reduced=true] li").first().waitFor()],
  ["takes one away", async (page) => {
    await press(page, "Discard King");
    await page.getByRole("button", { name: "Discard King" }).waitFor({ state: "detached" });
  }],
  ["adds one", async (page) => {
    await press(page, "Draw");
    await page.getByRole("button", { name: "Discard Jack" }).waitFor();
  }],
  ["shows and hides", async (page) => {
    await press(page, "Show rules");
    await page.getByText("Aces are high.").waitFor();
    await press(page, "Hide rules");
    await page.getByText("Aces are high.").waitFor({ state: "detached" });
  }],
  ["shares a layout", async (page) => {
    await press(page, "spades");
    await page.locator(".tab:nth-child(2) .mark").waitFor();
  }],
  ["follows a value", (page) => page.getByLabel("Heat").fill("40")],
];
