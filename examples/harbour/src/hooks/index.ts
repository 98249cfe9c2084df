// All hooks.
export * from './useBerth'
export * from './useTitle'
export * from './useToggle'
