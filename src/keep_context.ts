/**
 * Keeps the asynchronous context of the code that calls it, which is what `AsyncLocalStorage` finds its store by. It needs no
 * import of `node:async_hooks`: on all runtimes a reaction of a promise runs in the context in which it was added.
 *
 * @returns Runs a step in the kept context, in a microtask and after the steps before; the step must not throw.
 */
export function keepContext(): (step: () => void) => void {
  const steps: (() => void)[] = [];
  let wake!: () => void;
  const wait = (): void => {
    void new Promise<void>((resolve) => wake = resolve).then(() => {
      wait();
      for (const step of steps.splice(0)) step();
    });
  };
  wait();
  return (step) => {
    steps.push(step);
    wake();
  };
}
