/**
 * The same as a promise, or a failure that says what was waited for if it takes too long.
 *
 * @param what What is waited for, as in "page.html to load".
 * @param ms Milliseconds that it may take.
 * @param work The promise. What becomes of it after that is not looked at.
 */
export async function inTime<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms for ${what}`)), ms);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
