// A boolean that flips.
import { useReducer } from 'react'

export const useToggle = (initial = false) => useReducer((on: boolean) => !on, initial)
