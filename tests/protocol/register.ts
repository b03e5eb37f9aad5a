/**
 * Registers a test. Where both its body and the disposal of what it used fail, it fails with the error of the body: the
 * other is but its consequence, and Deno would show neither.
 */
export function test(name: string, body: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    try {
      await body();
    } catch (error) {
      throw error instanceof SuppressedError ? error.suppressed : error;
    }
  });
}
