import { storeError } from '@runyard/redis';

/** Work on Redis whose failure is told in the words of the error register. */
export async function known<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error);
  }
}
