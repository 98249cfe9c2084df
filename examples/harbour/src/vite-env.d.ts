// What Vite adds to TypeScript's view of the world.
/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_HARBOUR_NAME?: string
  readonly VITE_VHF_CHANNEL?: string
}
