// three.js by way of react-three-fiber: what is drawn is probed pixel by pixel and written into the document, where it is compared.

/** Colours at some points of the canvas, as an attribute of the body; waits until there is more than one. */
const probe = (page) =>
  page.waitForFunction(() => {
    // Whoever asks for the context first decides how it is made.
    if (!window.count) return false;
    const canvas = document.querySelector("canvas");
    const gl = canvas?.getContext("webgl2");
    if (!gl) return false;
    const found = [];
    const pixel = new Uint8Array(4);
    for (let y = 20; y < canvas.height; y += 40) {
      for (let x = 20; x < canvas.width; x += 40) {
        gl.readPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
        found.push([...pixel].join());
      }
    }
    if (new Set(found).size < 2) return false;
    document.body.dataset.pixels = found.join(" ");
    document.body.dataset.scene = JSON.stringify(window.count());
    return true;
  });

export default [
  ["opens and draws", probe],
  ["selects what is clicked on", async (page) => {
    await page.mouse.click(300, (await page.locator("canvas").boundingBox()).y + 200);
    await page.getByText("Selected: Sun").waitFor();
  }],
  ["draws another scene", async (page) => {
    await page.getByRole("button", { name: "Only the sun" }).click();
    await page.waitForFunction(() => window.count().children === 1);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await probe(page);
  }],
];
