using Panorama.Modeling.Native;
using Panorama.Modeling.Tests;

[assembly: AssemblyFixture(typeof(TorchFixture))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Panorama.Modeling.Tests;

/// <summary>Loads libtorch before the first test; one thread makes small tensors faster and results repeatable.</summary>
public sealed class TorchFixture
{
    public TorchFixture() => TorchRuntime.SetThreads(1);
}
