/** As decorators for logging or caching do, without copying what other decorators noted on the method. */
export function Wrapped(): MethodDecorator {
  return (_target, _method, descriptor: PropertyDescriptor) => {
    const original = descriptor.value as (...args: unknown[]) => unknown;
    descriptor.value = function (this: unknown, ...args: unknown[]) {
      return original.apply(this, args);
    };
  };
}
