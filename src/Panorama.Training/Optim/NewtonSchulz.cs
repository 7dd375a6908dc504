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

    /// <summary>Orthogonalizes a matrix.</summary>
    /// <param name="matrix_MN">Any matrix: [M, N].</param>
    /// <returns>A new matrix of the same shape.</returns>
    public static Tensor Orthogonalize(Tensor matrix_MN)
    {
        bool tall = matrix_MN.shape[0] > matrix_MN.shape[1];
        Tensor x_SL = tall ? matrix_MN.t() : matrix_MN;
        x_SL = x_SL / (x_SL.norm() + 1e-7);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor gram_SS = x_SL.mm(x_SL.t());
            Tensor polynomial_SS = gram_SS.addmm(gram_SS, gram_SS, B, C);
            x_SL = x_SL.addmm(polynomial_SS, x_SL, A, 1);
        }

        return tall ? x_SL.t() : x_SL;
    }
}
