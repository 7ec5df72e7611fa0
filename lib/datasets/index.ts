export * as fashionMnist from './fashion_mnist';
export * as iris from './iris';
export * as mnist from './mnist';
