// All pages but the lazy one.
export { default as About } from './About'
export { default as BerthDetail } from './BerthDetail'
export { default as BerthList } from './BerthList'
export { default as Berths } from './Berths'
export { default as Home } from './Home'
export { default as LogBook } from './LogBook'
export { default as NotFound } from './NotFound'
export { default as Trouble } from './Trouble'
