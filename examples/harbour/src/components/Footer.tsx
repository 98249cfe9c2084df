// The small print.
import { Link } from 'react-router-dom'
import { founded, harbour } from '../data'

export const Footer = () => (
  <footer className="footer">
    <p>{harbour['site-notice']}</p>
    <p>
      Since {founded} · <Link to="/trouble">Trouble on the water?</Link>
    </p>
  </footer>
)
