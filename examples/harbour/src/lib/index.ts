// All that is shared; the CSV export is left out, for it loads on demand.
export * from './filter'
export * from './flare'
export * from './format'
export * from './tide'
