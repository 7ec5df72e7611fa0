// The entry point of `import`; the library itself is CommonJS, and there is one copy of it in a process.
export * from './index.js';
