// The harbour's pennant: a PNG import beside an asset found by URL.
import pennant from '../assets/pennant.png'

const soundings = new URL('../assets/soundings.png', import.meta.url).href

export const Pennant = () => (
  <figure className="pennant">
    <img src={pennant} width={96} height={64} alt="The harbour's pennant" />
    <img src={soundings} width={192} height={120} alt="Soundings of the harbour" />
    <figcaption>Our pennant, and the soundings of last spring</figcaption>
  </figure>
)
