// The part of React's refresh runtime that is used; the package has no types.
declare module "react-refresh/runtime" {
  export interface Family {
    current: unknown;
  }
  export function injectIntoGlobalHook(scope: object): void;
  export function register(type: unknown, id: string): void;
  export function getFamilyByID(id: string): Family | undefined;
  export function getFamilyByType(type: unknown): Family | undefined;
  export function isLikelyComponentType(type: unknown): boolean;
  export function performReactRefresh(): { updatedFamilies: Set<Family>; staleFamilies: Set<Family> } | null;
  export function createSignatureFunctionForTransform(): (type?: unknown, key?: unknown, forceReset?: unknown, hooks?: unknown) => unknown;
}
