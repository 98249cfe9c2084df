// The entry: mounts the app.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router-dom'
import App from './App'
import { HarbourProvider } from './store'
import './styles/index.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <BrowserRouter>
      <HarbourProvider>
        <App />
      </HarbourProvider>
    </BrowserRouter>
  </StrictMode>,
)
