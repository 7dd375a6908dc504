// StopSignalsTests sends real signals to the process of the tests: no other test may run beside it.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
