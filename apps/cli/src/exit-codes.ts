/** What the command line ends with; the help shows the same list. */
export const EXIT = {
  done: 0,
  /** The work was done and its result is bad: the run failed, a check found a problem. */
  failed: 1,
  /** Nothing was done: wrong arguments, a file that is not valid, or a request that the gateway refused. */
  refused: 2,
  /** The gateway cannot be reached or has a problem of its own. */
  unavailable: 3,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0    done; with run --wait: the run succeeded
  1    done, with a bad result: the run failed or was cancelled, or a check found a problem
  2    refused: wrong arguments, a file that is not valid, or a request that the gateway does not accept
  3    the gateway cannot be reached or failed
  130  interrupted with Ctrl-C`;
