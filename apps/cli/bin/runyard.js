#!/usr/bin/env node
// Starts the built command line; a file of its own, because npm links only a bin that exists at install time.
import '../dist/main.js';
