// The pages that the navigation shows.
export const pages = {
  home: { to: '/', label: 'Harbour' },
  berths: { to: '/berths', label: 'Berths' },
  tides: { to: '/tides', label: 'Tides' },
  log: { to: '/log', label: 'Log book' },
  about: { to: '/about', label: 'About' },
} as const satisfies Record<string, { to: `/${string}`; label: string }>

export type PageName = keyof typeof pages
