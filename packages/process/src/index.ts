export { live, type LiveOptions, type Living } from './live.ts';
