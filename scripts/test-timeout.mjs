// Jest set-up file: applies the time limit that the project asks for in its `globals`.
import { jest } from '@jest/globals';

jest.setTimeout(globalThis.timeoutMs);
