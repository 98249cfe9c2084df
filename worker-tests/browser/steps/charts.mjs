// recharts: six kinds of charts as SVG.
const press = (page, name) => page.getByRole("button", { name }).click();

export default [
  ["opens", (page) => page.waitForFunction(() => document.querySelectorAll("svg.recharts-surface").length >= 6)],
  ["draws areas", async (page) => {
    await press(page, "Show areas");
    await page.locator(".recharts-area-area").first().waitFor();
  }],
  ["stacks bars", async (page) => {
    await press(page, "Stack");
    await page.getByRole("button", { name: "Side by side" }).waitFor();
  }],
  ["shows what the pointer is over", async (page) => {
    await press(page, "Show lines");
    await page.locator(".recharts-line").first().waitFor();
    await page.mouse.move(300, 200);
    await page.locator(".recharts-tooltip-wrapper", { hasText: "visits" }).first().waitFor();
  }],
];
