/** Workflows that do nothing but what their measurement names: what the SDK and the server cost without a product. */
export { counter } from './counter';
export { once } from './once';
