using static TorchSharp.torch;

namespace Panorama.Training.Optim;

/// <summary>
/// Replaces a matrix by the nearest one with singular values of about 1, by five iterations of a quintic polynomial in
/// the matrix itself (Jordan et al. 2024, Muon; Bernstein and Newhouse 2024, arXiv:2409.20325).
/// </summary>
internal static class NewtonSchulz
{
    private const int Iterations = 5;

    // Chosen for a steep slope at zero: singular values end between about 0.7 and 1.2.
    private const float A = 3.4445f, B = -4.7750f, C = 2.0315f;

    /// <summary>Orthogonalizes matrices of one shape together: small products alone would leave the cores idle.</summary>
    /// <param name="matrices_GSL">Wide matrices: [G, S, L] with S ≤ L.</param>
    /// <returns>New matrices of the same shape.</returns>
    public static Tensor Orthogonalize(Tensor matrices_GSL)
    {
        Tensor x_GSL = matrices_GSL / (matrices_GSL.pow(2).sum([1, 2], keepdim: true).sqrt() + 1e-7);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor gram_GSS = x_GSL.bmm(x_GSL.transpose(1, 2));
            Tensor polynomial_GSS = gram_GSS.baddbmm(gram_GSS, gram_GSS, B, C);
            x_GSL = polynomial_GSS.baddbmm(x_GSL, x_GSL, A, 1);
        }

        return x_GSL;
    }
}
