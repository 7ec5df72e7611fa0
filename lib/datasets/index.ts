export * as mnist from './mnist';
